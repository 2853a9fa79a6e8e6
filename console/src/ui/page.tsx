import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import classes from './page.module.css';

interface PageProps {
  title: string;
  /** A sentence or facts under the title. */
  lead?: React.ReactNode;
  /** Buttons at the right of the title; the primary one last. */
  actions?: React.ReactNode;
  /** Uses the whole width, for tables, charts and editors. */
  wide?: boolean;
  children: React.ReactNode;
}

/** A page's title, its actions and its body; names the browser's tab as well. */
export function Page({ title, lead, actions, wide = false, children }: PageProps) {
  useDocumentTitle(`${title} · Clockhouse`);
  return (
    <div className={classes['page']} data-wide={wide || undefined}>
      <header className={classes['header']}>
        <div className={classes['heading']}>
          <h1 className={classes['title']}>{title}</h1>
          {lead && <div className={classes['lead']}>{lead}</div>}
        </div>
        {actions && <div className={classes['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface SectionProps {
  title: string;
  /** An address that ends with #id leads here, also when what is above it is still being loaded. */
  id?: string;
  aside?: React.ReactNode;
  children: React.ReactNode;
}

/** A titled part of a page. */
export function Section({ title, id, aside, children }: SectionProps) {
  const section = useRef<HTMLElement>(null);
  const { hash } = useLocation();
  useEffect(() => {
    if (id !== undefined && hash === `#${id}`) section.current?.scrollIntoView();
  }, [id, hash]);
  return (
    <section ref={section} id={id} className={classes['section']} aria-label={title}>
      <div className={classes['sectionHeader']}>
        <h2 className={classes['sectionTitle']}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A bordered surface. */
export function Panel({ children, padded = true }: { children: React.ReactNode; padded?: boolean }) {
  return (
    <div className={classes['panel']} data-padded={padded || undefined}>
      {children}
    </div>
  );
}
