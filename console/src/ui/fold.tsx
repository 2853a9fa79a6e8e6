import { IconChevronRight } from '@tabler/icons-react';
import classes from './fold.module.css';

interface FoldProps {
  title: string;
  /** What is inside, in a few words, for those who leave it folded. */
  summary?: React.ReactNode;
  open?: boolean;
  children: React.ReactNode;
}

/** What most people leave as it is: folded, with its present state beside the title. */
export function Fold({ title, summary, open = false, children }: FoldProps) {
  return (
    <details className={classes['fold']} open={open || undefined}>
      <summary className={classes['head']}>
        <IconChevronRight size={14} stroke={2} aria-hidden className={classes['chevron']} />
        <span className={classes['title']}>{title}</span>
        {summary && <span className={classes['summary']}>{summary}</span>}
      </summary>
      <div className={classes['body']}>{children}</div>
    </details>
  );
}
