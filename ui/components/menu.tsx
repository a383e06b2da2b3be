// A button that opens a short list of links and buttons, on the browser's own popover: Escape and a click elsewhere close it.
import { type ReactNode, useId, useRef } from 'react'
import { Icon, type IconName } from './icon.tsx'

interface MenuProps {
  /** Name of the button; shown unless `icon` is given. */
  label: string
  icon?: IconName
  className?: string
  panelClass?: string
  /** Links and buttons; any of them closes the menu. */
  children: ReactNode
}

export function Menu({ label, icon, className = '', panelClass = '', children }: MenuProps) {
  const id = useId()
  const panel = useRef<HTMLDivElement>(null)
  return (
    <>
      <button
        type="button"
        className={`button ${icon ? 'button-ghost button-icon' : 'button-plain'} ${className}`}
        popoverTarget={id}
        {...(icon ? { 'aria-label': label, title: label } : {})}
      >
        {icon ? <Icon name={icon} /> : label}
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: what is clicked is a link or a button in it */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link or a button is a click too */}
      <div
        id={id}
        className={`menu ${panelClass}`}
        popover="auto"
        ref={panel}
        onClick={() => panel.current?.hidePopover()}
      >
        {children}
      </div>
    </>
  )
}
