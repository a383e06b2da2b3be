// Markdown as elements: no HTML of the text reaches the page.
import type { ReactNode } from 'react'
import { type Align, type Block, type Inline, parseMarkdown } from '../lib/markdown.ts'

function PartView({ part }: { part: Inline }): ReactNode {
  if (part.kind === 'text') return part.text
  if (part.kind === 'code') return <code>{part.text}</code>
  if (part.kind !== 'link')
    return (
      <part.kind>
        <InlineView parts={part.of} />
      </part.kind>
    )
  return (
    <a href={part.href} target="_blank" rel="noreferrer noopener">
      <InlineView parts={part.of} />
    </a>
  )
}

const InlineView = ({ parts }: { parts: readonly Inline[] }): ReactNode =>
  // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity
  parts.map((part, index) => <PartView key={index} part={part} />)

const Row = ({ cells, align, as: Tag }: { cells: Inline[][]; align: Align[]; as: 'th' | 'td' }) => (
  <tr>
    {cells.map((cell, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: columns have no identity
      <Tag key={index} className={align[index] === undefined ? undefined : `md-${align[index]}`}>
        <InlineView parts={cell} />
      </Tag>
    ))}
  </tr>
)

function BlockView({ block }: { block: Block }): ReactNode {
  switch (block.kind) {
    case 'paragraph':
      return (
        <p>
          <InlineView parts={block.of} />
        </p>
      )
    case 'heading':
      // The page has its own outline: a text inside it begins below that.
      return (
        <p className={`md-heading md-heading-${Math.min(block.level, 4)}`}>
          <InlineView parts={block.of} />
        </p>
      )
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      )
    case 'quote':
      return (
        <blockquote>
          <Blocks of={block.of} />
        </blockquote>
      )
    case 'list': {
      const Tag = block.ordered ? 'ol' : 'ul'
      return (
        <Tag>
          {block.items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: items have no identity
            <li key={index}>
              <Blocks of={item} />
            </li>
          ))}
        </Tag>
      )
    }
    case 'table':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
        <section className="md-table" tabIndex={0} aria-label="Table">
          <table className="plain-table">
            <thead>
              <Row cells={block.head} align={block.align} as="th" />
            </thead>
            <tbody>
              {block.rows.map((cells, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity
                <Row key={index} cells={cells} align={block.align} as="td" />
              ))}
            </tbody>
          </table>
        </section>
      )
    case 'rule':
      return <hr />
  }
}

const Blocks = ({ of }: { of: readonly Block[] }): ReactNode =>
  // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity
  of.map((block, index) => <BlockView key={index} block={block} />)

/** A text of people, shown as it was meant. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="markdown">
      <Blocks of={parseMarkdown(text)} />
    </div>
  )
}
