import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
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
  const [unfolded, setUnfolded] = useState(open);
  // Something inside asks for attention: it opens, and does not close by itself when that is settled.
  if (open && !unfolded) setUnfolded(true);
  return (
    <details className={classes['fold']} open={unfolded} onToggle={(event) => setUnfolded(event.currentTarget.open)}>
      <summary className={classes['head']}>
        <IconChevronRight size={14} stroke={2} aria-hidden className={classes['chevron']} />
        <span className={classes['title']}>{title}</span>
        {summary && <span className={classes['summary']}>{summary}</span>}
      </summary>
      {unfolded && <div className={classes['body']}>{children}</div>}
    </details>
  );
}
