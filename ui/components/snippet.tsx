// Text to be taken over as it is: a command, an example, a token. Long lines scroll; the button copies all of it.
import { CopyButton } from './copy-button.tsx'

/** @param what names the text for the button: `Command` */
export function Snippet({ text, what }: { text: string; what: string }) {
  return (
    <div className="snippet">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <pre className="preview" tabIndex={0}>
        {text}
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  )
}
