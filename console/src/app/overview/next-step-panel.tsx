import { IconArrowRight } from '@tabler/icons-react';
import { LinkButton } from '@/ui/link';
import type { Step } from './next-step';
import classes from './next-step-panel.module.css';

/** The one thing to do next. */
export function NextStepPanel({ step }: { step: Step }) {
  return (
    <section className={classes['panel']} aria-label="Next step">
      <div className={classes['words']}>
        <p className={classes['title']}>{step.title}</p>
        <p className={classes['text']}>{step.text}</p>
      </div>
      <LinkButton to={step.to} rightSection={<IconArrowRight size={14} aria-hidden />}>
        {step.action}
      </LinkButton>
    </section>
  );
}
