import { blocksOf, type Block, type Inline } from '@/lib/markdown';
import classes from './markdown.module.css';

/** A page of Markdown. Its headings stand below those of a section. */
export function Markdown({ children }: { children: string }) {
  return (
    <div className={classes['page']}>
      <Blocks blocks={blocksOf(children)} />
    </div>
  );
}

function Blocks({ blocks }: { blocks: readonly Block[] }) {
  return blocks.map((block, index) => <One key={index} block={block} />);
}

function One({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      return (
        <h3>
          <Words text={block.text} />
        </h3>
      );
    case 'paragraph':
      return (
        <p>
          <Words text={block.text} />
        </p>
      );
    case 'code':
      return <pre>{block.text}</pre>;
    case 'list':
      return (
        <ul>
          {block.items.map((item, index) => (
            <li key={index}>
              <Blocks blocks={item} />
            </li>
          ))}
        </ul>
      );
    case 'table':
      return <Table header={block.header} rows={block.rows} />;
  }
}

function Table({ header, rows }: { header: readonly Inline[][]; rows: readonly Inline[][][] }) {
  return (
    <table>
      <thead>
        <tr>
          {header.map((cell, index) => (
            <th key={index} scope="col">
              <Words text={cell} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map((cell, column) => (
              <td key={column}>
                <Words text={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Words({ text }: { text: readonly Inline[] }) {
  return text.map((part, index) => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'code':
        return <code key={index}>{part.text}</code>;
      case 'strong':
        return <strong key={index}>{part.text}</strong>;
      case 'emphasis':
        return <em key={index}>{part.text}</em>;
      case 'link':
        return (
          <a key={index} href={part.address} target="_blank" rel="noreferrer">
            {part.text}
          </a>
        );
    }
  });
}
