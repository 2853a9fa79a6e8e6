import type { ComponentProps } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import classes from './markdown.module.css';

/** A page of Markdown. Its headings stand below those of a section; HTML in it is left out. */
export function Markdown({ children }: { children: string }) {
  return (
    <div className={classes['page']}>
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={PARTS} skipHtml>
        {children}
      </ReactMarkdown>
    </div>
  );
}

const Heading = ({ children }: ComponentProps<'h1'>) => <h3>{children}</h3>;

const PARTS: Components = {
  h1: Heading,
  h2: Heading,
  h4: Heading,
  h5: Heading,
  h6: Heading,
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer">
      {children}
    </a>
  ),
};
