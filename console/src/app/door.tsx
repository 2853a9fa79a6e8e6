import classes from './door.module.css';
import { Logo } from './logo';

/** What stands around the pages on the way in. */
export function Door({ children }: { children: React.ReactNode }) {
  return (
    <main className={classes['page']}>
      <div className={classes['card']}>
        <div className={classes['brand']}>
          <Logo size={26} />
          Clockhouse
        </div>
        {children}
      </div>
    </main>
  );
}
