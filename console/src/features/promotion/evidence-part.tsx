import { addresses } from '@/lib/addresses';
import { count, plural } from '@/lib/format';
import { duration } from '@/lib/time';
import type { ComponentRef, Review, State } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { Outcome } from '@/ui/outcome';
import { Section } from '@/ui/page';
import { Strip } from '@/ui/strip';
import { Time } from '@/ui/time';
import classes from './promotion.module.css';

interface EvidencePartProps {
  component: ComponentRef;
  evidence: Review['evidence'];
  durations: Review['after']['calendar']['durations'];
  build: number;
  source: { slug: string; name: string };
}

/** How this very release has done where it comes from. */
export function EvidencePart({ component, evidence, durations, build, source }: EvidencePartProps) {
  const states = Object.entries(evidence.counts) as [State, number][];
  const last = [...evidence.last].reverse();
  return (
    <Section title="Evidence" aside={<TextLink to={`${addresses.executions(component)}?environment=${source.slug}`}>Executions in {source.name}</TextLink>}>
      {evidence.executions === 0 ? (
        <p role="note" className={classes['warning']}>
          Build {build} has not run in {source.name} yet: nothing shows that it works.
        </p>
      ) : (
        <div className={classes['evidence']}>
          <p className={classes['note']}>
            Build {build} ran {plural(evidence.executions, 'time')} in {source.name}
            {evidence.since && (
              <>
                {' '}
                since <Time at={evidence.since} />
              </>
            )}
            :
            {states.map(([state, number]) => (
              <span key={state} className={classes['outcome']}>
                {count(number)} <Outcome state={state} />
              </span>
            ))}
          </p>
          <Strip executions={last} slots={10} to={(execution) => addresses.execution(component, execution.id)} label={`The last ${plural(last.length, 'execution')} of build ${build} in ${source.name}, oldest first`} />
          {durations && <p className={classes['soft']}>Half of all take up to {duration(durations.p50_s)}, 95 of 100 up to {duration(durations.p95_s)}.</p>}
        </div>
      )}
    </Section>
  );
}
