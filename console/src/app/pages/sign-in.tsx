import { SignIn } from '@/features/session/sign-in';
import { Logo } from '../logo';
import classes from './sign-in.module.css';

export function Component() {
  return (
    <main className={classes['page']}>
      <div className={classes['card']}>
        <div className={classes['brand']}>
          <Logo size={26} />
          Clockhouse
        </div>
        <SignIn />
      </div>
    </main>
  );
}
