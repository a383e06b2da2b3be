// What lists show of a DAG file, also of a broken one: its name and labels, and the problems beside them.

import type { Problem } from '../result.ts'
import type { ScheduleSpec } from './dag.ts'
import { readLabels } from './env.ts'
import { ROOT_KEYS } from './fields.ts'
import { readFields } from './keys.ts'
import { nameOfFile } from './load.ts'
import { readYaml } from './read-yaml.ts'
import { Report } from './report.ts'
import { readSchedule } from './schedule.ts'
import { readText } from './values.ts'

export interface DagMetadata {
  name: string
  description: string
  group: string
  labels: string[]
  schedule: ScheduleSpec
  /** Problems of the text and of these fields; problems of steps are found by loadDags only. */
  errors: Problem[]
}

/** Reads the first document's head; never throws, and always gives a name (the file's, where the text has none). */
export function readDagMetadata(text: string, fileName: string): DagMetadata {
  const nothing: DagMetadata = {
    name: nameOfFile(fileName),
    description: '',
    group: '',
    labels: [],
    schedule: { start: [], stop: [], restart: [] },
    errors: [],
  }
  const documents = readYaml(text)
  if (!documents.ok) return { ...nothing, errors: documents.error }
  const node = documents.value[0]
  if (!node) return nothing
  const report = new Report()
  const { map } = readFields(report, { node, path: '' }, ROOT_KEYS, 'the DAG')
  return {
    name: readText(report, map.get('name'))?.trim() || nothing.name,
    description: readText(report, map.get('description')) ?? '',
    group: readText(report, map.get('group')) ?? '',
    labels: readLabels(report, map.get('labels')),
    schedule: readSchedule(report, map.get('schedule')),
    errors: report.problems,
  }
}
