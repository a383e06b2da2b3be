// Folders of this test run carry a mark in their names, so that at its end whatever still names one is found.
import { randomBytes } from 'node:crypto'
import { freshDir } from '../../fixtures/product.ts'

/** Set once by the global set-up, inherited by the test workers. */
export const MARK_ENV = 'E2E_MARK'

export const newMark = (): string => randomBytes(4).toString('hex')

/** What the name of every folder of this run begins with, and nothing else on this machine does. */
export const prefixOf = (mark: string): string => `edgedag-e2e-${mark}-`

/** A folder for one test file, with an empty `dags` folder in it. */
export const newDir = (): string => freshDir(prefixOf(process.env[MARK_ENV] ?? 'alone'))
