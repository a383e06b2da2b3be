// The present texts of all DAG files, for searches. Promise: a text is written when it changes, never for a run.
import type { Sql } from '../../host/port.ts'
import { findInText, type LineMatch } from '../../search/lines.ts'
import type { DagListItem, IndexApi } from '../contracts.ts'
import { hasLabel, labelsOf, nameOf } from './dags.ts'

type Query = Parameters<IndexApi['searchSpecs']>[0]
/** Texts that are read at once. */
const PAGE = 100

export class IndexSpecs {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  keep(dagId: string, { hash, text }: { hash: string; text: string }): void {
    if (this.#sql.exec('SELECT 1 FROM spec WHERE dag_id = ? AND hash = ?', dagId, hash).length > 0) return
    this.#sql.exec('INSERT OR REPLACE INTO spec (dag_id, hash, text) VALUES (?, ?, ?)', dagId, hash, text)
  }

  remove(dagId: string): void {
    this.#sql.exec('DELETE FROM spec WHERE dag_id = ?', dagId)
  }

  /** DAGs whose text has it, by file name; goes on behind `after`. */
  search(items: Iterable<DagListItem>, { text, labels = [], after, limit, matchLimit }: Query) {
    const candidates = [...items]
      .filter(item => item.fileName !== '' && item.fileName > (after ?? ''))
      .filter(item => labels.every(label => hasLabel(labelsOf(item), label)))
      .sort((a, b) => (a.fileName < b.fileName ? -1 : 1))
    const results: ReturnType<IndexApi['searchSpecs']>['results'] = []
    for (let i = 0; i < candidates.length; i += PAGE) {
      const page = candidates.slice(i, i + PAGE)
      const texts = this.#textsOf(page.map(({ dagId }) => dagId))
      for (const item of page) {
        const found = findInText(texts.get(item.dagId) ?? '', text, { limit: matchLimit })
        if (found.matches.length === 0) continue
        if (results.length === limit) return { results, hasMore: true }
        const { schedule } = item.summary
        results.push({ fileName: item.fileName, name: nameOf(item), schedule: schedule ?? null, ...found })
      }
    }
    return { results, hasMore: false }
  }

  /** Hits in the text of one DAG behind a line. */
  matches(dagId: string, text: string, after: number, limit: number): { matches: LineMatch[]; hasMore: boolean } {
    return findInText(this.#textsOf([dagId]).get(dagId) ?? '', text, { after, limit })
  }

  #textsOf(dagIds: string[]): Map<string, string> {
    const rows = this.#sql.exec<{ dag_id: string; text: string }>(
      'SELECT dag_id, text FROM spec WHERE dag_id IN (SELECT value FROM json_each(?))',
      JSON.stringify(dagIds),
    )
    return new Map(rows.map(row => [row.dag_id, row.text]))
  }
}
