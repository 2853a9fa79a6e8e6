import { Skeleton } from '@mantine/core';
import { Children, Fragment } from 'react';
import classes from './board.module.css';

/** Cards from left to right along a line, in the order in which a build travels; one below the other where it is narrow. */
export function Board({ children }: { children: React.ReactNode }) {
  return (
    <div className={classes['place']}>
      <div className={classes['board']}>
        {Children.toArray(children).map((card, index) => (
          <Fragment key={index}>
            {index > 0 && <span aria-hidden className={classes['line']} />}
            {card}
          </Fragment>
        ))}
      </div>
    </div>
  );
}

/** The cards before they are here. */
export function BoardLoading() {
  return (
    <Board>
      {[0.62, 1, 1].map((width, index) => (
        <div key={index} className={classes['waiting']} style={{ flex: `${width} 1 0` }} role={index === 0 ? 'status' : undefined} aria-label={index === 0 ? 'Loading' : undefined}>
          <Skeleton height={18} width="45%" />
          <Skeleton height={12} width="80%" />
          <Skeleton height={12} width="60%" />
        </div>
      ))}
    </Board>
  );
}
