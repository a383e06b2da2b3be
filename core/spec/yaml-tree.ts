// From the YAML library's nodes to our tree. Promise: no prototype can be reached by a key, and no alias makes it grow past a limit.

import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { MapEntry, MapNode, Source, YamlNode } from './node.ts'
import type { Report } from './report.ts'

export const ALIAS_HINT = 'quote a value that starts with *'

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/** Turns a composed document into our tree: aliases resolved and counted, keys checked, merge keys applied. */
export class TreeBuilder {
  #anchors = new Map<string, YamlNode | 'open'>()
  #source: Source
  #report: Report
  #limit: number

  constructor(source: Source, report: Report, limit: number) {
    this.#source = source
    this.#report = report
    this.#limit = limit
  }

  /** The tree of a document's contents; undefined for an empty one. */
  build(contents: unknown): YamlNode | undefined {
    if (contents === null) return undefined
    const node = this.#node(contents, '')
    return node.kind === 'scalar' && node.value === null ? undefined : node
  }

  #node(node: unknown, path: string): YamlNode {
    const offset = (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0
    if (isAlias(node)) return this.#alias(node.source, offset, path)
    const anchor = (node as { anchor?: string } | null)?.anchor
    if (anchor) this.#anchors.set(anchor, 'open')
    const built = this.#sized(this.#plain(node, offset, path), path)
    if (anchor) this.#anchors.set(anchor, built)
    return built
  }

  #plain(node: unknown, offset: number, path: string): YamlNode {
    if (isMap(node)) return this.#map(node, offset, path)
    if (isSeq(node)) {
      const items = node.items.map((item, i) => this.#node(item, `${path}[${i}]`))
      return { kind: 'seq', items, source: this.#source, offset, size: sum(items) }
    }
    return this.#scalar(isScalar(node) ? node.value : null, isScalar(node) ? node.source : undefined, offset)
  }

  #scalar(raw: unknown, written: string | undefined, offset: number): YamlNode {
    const place = { source: this.#source, offset, size: 1 }
    if (raw === null || raw === undefined) return { kind: 'scalar', value: null, text: '', ...place }
    if (typeof raw === 'string' || typeof raw === 'boolean')
      return { kind: 'scalar', value: raw, text: String(raw), ...place }
    const number = Number(raw)
    // What a double cannot hold stays text, so that no digit of an id is lost.
    const exact = Number.isFinite(number) && !(Number.isInteger(number) && !Number.isSafeInteger(number))
    const text = exact ? String(number) : (written ?? String(number))
    return { kind: 'scalar', value: exact ? number : text, text, ...place }
  }

  #map(node: { items: { key: unknown; value: unknown }[] }, offset: number, path: string): MapNode {
    const entries: MapEntry[] = []
    const own = new Set<string>()
    const merged: YamlNode[] = []
    for (const pair of node.items) {
      const key = this.#key(pair.key, path)
      if (key === undefined) continue
      const value = this.#node(pair.value, path ? `${path}.${key.text}` : key.text)
      if (key.text === '<<' && key.plain) merged.push(value)
      else if (this.#admits(key, own, path)) {
        own.add(key.text)
        entries.push({ key: key.text, keyOffset: key.offset, value })
      }
    }
    for (const value of merged) this.#merge(entries, own, value, path)
    return { kind: 'map', entries, source: this.#source, offset, size: sum(entries.map(entry => entry.value)) }
  }

  #admits(key: { text: string; offset: number }, own: Set<string>, path: string): boolean {
    const place = { source: this.#source, offset: key.offset }
    const at = path ? `${path}.${key.text}` : key.text
    if (FORBIDDEN_KEYS.has(key.text)) {
      this.#report.error(
        'yaml.forbidden_key',
        at,
        place,
        `the key ${JSON.stringify(key.text)} is not allowed`,
        'choose another name',
      )
      return false
    }
    if (own.has(key.text)) {
      this.#report.error(
        'yaml.duplicate_key',
        at,
        place,
        `duplicate key ${JSON.stringify(key.text)}`,
        'remove one of the two',
      )
      return false
    }
    return true
  }

  #key(node: unknown, path: string): { text: string; offset: number; plain: boolean } | undefined {
    const target = isAlias(node) ? undefined : node
    const offset = (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0
    if (!isScalar(target) && target !== null) {
      const hint = 'quote text that starts with {, [ or *'
      this.#report.error('yaml.bad_key', path, { source: this.#source, offset }, 'a key must be plain text', hint)
      return undefined
    }
    const raw = target === null ? '' : target.value
    const text = typeof raw === 'string' ? raw : (target?.source ?? String(raw))
    return { text, offset, plain: target?.type === 'PLAIN' }
  }

  /** `<<: *base`: entries of the map or maps that are not written here themselves. */
  #merge(entries: MapEntry[], own: Set<string>, value: YamlNode, path: string): void {
    for (const from of value.kind === 'seq' ? value.items : [value]) {
      if (from.kind !== 'map') {
        this.#report.error('yaml.bad_merge', path, from, 'a merge key (<<) takes a map or a list of maps')
        continue
      }
      for (const entry of from.entries) {
        if (own.has(entry.key)) continue
        own.add(entry.key)
        entries.push(entry)
      }
    }
  }

  #alias(name: string, offset: number, path: string): YamlNode {
    const target = this.#anchors.get(name)
    if (target !== undefined && target !== 'open') return target
    const message = target === 'open' ? `alias *${name} refers to itself` : `unknown alias *${name}`
    this.#report.error('yaml.bad_alias', path, { source: this.#source, offset }, message, ALIAS_HINT)
    return this.#scalar(null, undefined, offset)
  }

  #sized(node: YamlNode, path: string): YamlNode {
    if (node.size <= this.#limit) return node
    const message = `more than ${this.#limit} values after aliases are resolved`
    this.#report.error('yaml.too_many_nodes', path, node, message, 'use fewer aliases, or smaller ones')
    return this.#scalar(null, undefined, node.offset)
  }
}

const sum = (nodes: YamlNode[]): number => nodes.reduce((total, node) => total + node.size, 1)
