import type { ReactiveControllerHost } from 'lit';
import { listRuns, type RunListItem, type StoredRunListItem } from '../api/runs.js';
import { PagedList } from './paged-list.js';
import type { RunHistoryFilter } from './run-filter.js';

/** The runs that fit a filter, the latest first. */
export class RunHistory extends PagedList<StoredRunListItem, RunHistoryFilter> {
  /** @param limit runs in a page */
  constructor(host: ReactiveControllerHost, limit: number) {
    super(host, {
      read: ({ status, trigger, scriptId }, cursor, signal) =>
        listRuns(
          {
            ...(status && { status }),
            ...(trigger && { trigger }),
            ...(scriptId && { scriptId }),
            ...(cursor !== undefined && { cursor }),
            limit,
          },
          signal && { signal },
        ),
      isNewer: (run, other) =>
        run.createdAt === other.createdAt ? run.id > other.id : run.createdAt > other.createdAt,
    });
  }

  /** A run has begun, or its status has changed. */
  note(run: RunListItem): void {
    if (this.filter) this.put(run, fits(run, this.filter));
  }
}

const fits = (run: RunListItem, { status, trigger, scriptId }: RunHistoryFilter): boolean =>
  (status === '' || run.status === status) &&
  (trigger === '' || run.trigger === trigger) &&
  (scriptId === '' || run.scriptId === scriptId);
