// Who may do what. Promise: every route names one of these permissions, and each permission has exactly one lowest role.

/** From least to most. */
export const ROLES = ['viewer', 'operator', 'developer', 'manager', 'admin'] as const
export type Role = (typeof ROLES)[number]

const LOWEST_ROLE = {
  'self.read': 'viewer',
  'dags.read': 'viewer',
  'runs.read': 'viewer',
  'queues.read': 'viewer',
  'docs.read': 'viewer',
  'alerts.read': 'viewer',
  'alerts.dismiss': 'operator',
  'alerts.settings': 'manager',
  'runs.execute': 'operator',
  'dags.write': 'developer',
  // An inline run brings its own commands: whoever may not write DAGs may not send them this way either.
  'runs.execute-inline': 'developer',
  'runs.delete': 'developer',
  'docs.write': 'developer',
  'webhooks.manage': 'developer',
  'webhooks.profiles': 'admin',
  'queues.write': 'developer',
  'workers.read': 'developer',
  'workers.write': 'developer',
  'base-config.read': 'developer',
  'base-config.write': 'developer',
  'profiles.read': 'manager',
  'profiles.write': 'manager',
  'profile-defaults.write': 'admin',
  'secrets.read': 'manager',
  'secrets.write': 'manager',
  'audit.read': 'manager',
  'vault.read': 'admin',
  'api-keys': 'admin',
  'runners.enrol': 'admin',
  'source.sync': 'admin',
} as const satisfies Record<string, Role>

export type RolePermission = keyof typeof LOWEST_ROLE

/** What a route asks of its caller: a permission of a role, `public` (nobody is asked), or `runner` (a runner's credential). */
export type Permission = RolePermission | 'public' | 'runner'

export const ROLE_PERMISSIONS = Object.keys(LOWEST_ROLE) as RolePermission[]

export const isRolePermission = (permission: Permission): permission is RolePermission =>
  Object.hasOwn(LOWEST_ROLE, permission)

const rank = (role: string): number => ROLES.indexOf(role as Role)

export const isRole = (text: string): text is Role => rank(text) >= 0

export const lowestRole = (permission: RolePermission): Role => LOWEST_ROLE[permission]

/** True when a role, possibly one this version does not know, includes a permission. */
export const allows = (role: string, permission: RolePermission): boolean =>
  isRole(role) && rank(role) >= rank(LOWEST_ROLE[permission])
