import { Button, type ButtonProps } from '@mantine/core';
import { Link, type LinkProps } from 'react-router';
import classes from './link.module.css';

/** A link in running text or a table. */
export function TextLink(props: LinkProps) {
  return <Link {...props} className={classes['link']} />;
}

/** A link that looks like a button: for going somewhere, never for doing something. */
export function LinkButton(props: ButtonProps & { to: string; children: React.ReactNode }) {
  return <Button component={Link} {...props} />;
}
