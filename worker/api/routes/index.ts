// All routes of the API. Fixed paths stand before those with parameters in the same place.
import type { Route } from '../route.ts'
import { alertRoutes } from './alerts.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { authRoutes } from './auth.ts'
import { backfillRoutes } from './backfills.ts'
import { counterRoutes } from './counters.ts'
import { dagDryRunRoutes } from './dag-dry-run.ts'
import { dagHistoryRoutes } from './dag-history.ts'
import { dagListRoutes } from './dag-list.ts'
import { dagReadRoutes } from './dag-read.ts'
import { dagSettingsRoutes } from './dag-settings.ts'
import { dagStartRoutes } from './dag-start.ts'
import { dagWriteRoutes } from './dag-write.ts'
import { docSearchRoutes } from './doc-search.ts'
import { docRoutes } from './docs.ts'
import { healthRoutes } from './health.ts'
import { liveRoutes } from './live.ts'
import { profileApiRoutes } from './profiles.ts'
import { queueRoutes } from './queues.ts'
import { runActionRoutes } from './run-actions.ts'
import { runAgainRoutes } from './run-again.ts'
import { runArtifactRoutes } from './run-artifacts.ts'
import { runDecisionRoutes } from './run-decisions.ts'
import { runListRoutes } from './run-list.ts'
import { runLogRoutes } from './run-logs.ts'
import { runReadRoutes } from './run-read.ts'
import { runnerArtifactRoutes } from './runner-artifacts.ts'
import { runnerDocRoutes } from './runner-docs.ts'
import { runnerLogRoutes } from './runner-logs.ts'
import { runnerPayloadRoutes } from './runner-payloads.ts'
import { runnerSecretRoutes } from './runner-secrets.ts'
import { runnerRoutes } from './runners.ts'
import { scheduleRoutes } from './schedules.ts'
import { searchRoutes } from './search.ts'
import { secretRoutes } from './secrets.ts'
import { settingsRoutes } from './settings.ts'
import { sourceRoutes } from './source.ts'
import { subRunRoutes } from './sub-runs.ts'
import { vaultRoutes } from './vault.ts'
import { webhookRoutes } from './webhooks.ts'

export const ROUTES: Route[] = [
  ...healthRoutes,
  ...counterRoutes,
  ...authRoutes,
  ...apiKeyRoutes,
  ...dagListRoutes,
  ...searchRoutes,
  ...dagReadRoutes,
  ...scheduleRoutes,
  ...backfillRoutes,
  ...alertRoutes,
  ...dagWriteRoutes,
  ...dagStartRoutes,
  ...dagHistoryRoutes,
  ...dagDryRunRoutes,
  ...runListRoutes,
  ...runReadRoutes,
  ...runActionRoutes,
  ...runDecisionRoutes,
  ...runAgainRoutes,
  ...runLogRoutes,
  ...subRunRoutes,
  ...runArtifactRoutes,
  ...queueRoutes,
  ...runnerRoutes,
  ...runnerLogRoutes,
  ...runnerDocRoutes,
  ...runnerArtifactRoutes,
  ...runnerPayloadRoutes,
  ...liveRoutes,
  ...sourceRoutes,
  ...settingsRoutes,
  ...webhookRoutes,
  ...docRoutes,
  ...docSearchRoutes,
  ...runnerSecretRoutes,
  ...dagSettingsRoutes,
  ...profileApiRoutes,
  ...secretRoutes,
  ...vaultRoutes,
]
