// What a page beyond DAGs and runs is given.

export interface PageProps {
  /** What follows the page's own address, decoded: `/settings/base` is `['base']`. */
  rest: readonly string[]
}
