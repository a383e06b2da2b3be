// Differences and whole answers of one list. Promise: an answer that was on its way while differences came has them too; in the end
// the list is what the last word on each line says.

export class Replay<Frame> {
  #kept: Frame[] = []

  /** A difference has come, and is shown. `asking`: an answer is on its way, which may have been made before. */
  came(frame: Frame, asking: boolean): void {
    if (asking || this.#kept.length > 0) this.#kept.push(frame)
  }

  /** No answer is on its way any more: what is to be brought into the last one, in order. */
  rest(): Frame[] {
    const frames = this.#kept
    this.#kept = []
    return frames
  }
}
