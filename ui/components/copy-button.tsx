// Copying a text: one button that says what came of it.
import { toast, toastError } from './toasts.tsx'
import { Button } from './ui.tsx'

/** Copies `text` and says `what` was copied. */
export const copyText = (text: string, what: string): void =>
  void navigator.clipboard.writeText(text).then(
    () => toast('ok', `${what} copied`),
    cause => toastError(`${what} could not be copied`, cause),
  )

/** @param what names the text: `Run id` */
export function CopyButton({ text, what }: { text: string; what: string }) {
  return (
    <Button icon="copy" tone="ghost" iconOnly className="copy-button" onClick={() => copyText(text, what)}>
      {`Copy ${what.charAt(0).toLowerCase()}${what.slice(1)}`}
    </Button>
  )
}
