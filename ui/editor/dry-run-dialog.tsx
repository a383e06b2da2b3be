// What the text in the editor would do, saved or not.
import { useQuery } from '@tanstack/react-query'
import { dryRun } from '../api/run-again.ts'
import { Dialog } from '../components/dialog.tsx'
import { ErrorState, Skeleton } from '../components/ui.tsx'
import { DryRunView } from '../dag/dry-run-view.tsx'

export function DryRunDialog({ file, spec, onClose }: { file: string; spec: string; onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: ['dry-run', file, spec],
    queryFn: () => dryRun(file, '', spec),
    retry: false,
    gcTime: 0,
  })
  return (
    <Dialog title="Dry run" onClose={onClose} wide>
      {error && <ErrorState what="It would not start" error={error} />}
      {!data && !error && <Skeleton rows={4} height={28} />}
      {data && <DryRunView dry={data} />}
    </Dialog>
  )
}
