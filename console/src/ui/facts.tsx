import classes from './facts.module.css';

interface FactsProps {
  facts: readonly (readonly [label: string, value: React.ReactNode])[];
}

/** Names and values, in two columns. */
export function Facts({ facts }: FactsProps) {
  return (
    <dl className={classes['facts']}>
      {facts.map(([label, value]) => (
        <div key={label} className={classes['fact']}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
