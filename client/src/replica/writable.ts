// What can be written through a replica, and how it reaches the service.
import type { Connection } from '../connection.ts'
import {
  createComment,
  createLabel,
  createProject,
  createTask,
  createView,
  deleteComment,
  deleteLabel,
  deleteProject,
  deleteTask,
  deleteView,
  updateComment,
  updateLabel,
  updateProject,
  updateTask,
  updateView,
} from '../generated/operations.ts'
import type {
  CommentChanges,
  LabelChanges,
  NewComment,
  NewLabel,
  NewProject,
  NewTask,
  NewView,
  ProjectChanges,
  TaskChanges,
  ViewChanges,
} from '../generated/types.ts'
import type { CallOptions, EditOptions, KeyedOptions } from '../options.ts'
import type { AnyResource } from './copy.ts'

/** What is needed to make one, with what it belongs to. */
export interface New {
  project: NewProject
  task: NewTask & { project_id: string }
  comment: NewComment & { task_id: string }
  label: NewLabel & { project_id: string }
  view: NewView & { project_id: string }
}

export interface Changes {
  project: ProjectChanges
  task: TaskChanges
  comment: CommentChanges
  label: LabelChanges
  view: ViewChanges
}

export type WritableKind = keyof New

interface Writable<K extends WritableKind> {
  create(api: Connection, what: New[K], options: KeyedOptions): Promise<AnyResource>
  update(api: Connection, id: string, changes: Changes[K], options: EditOptions): Promise<AnyResource>
  remove(api: Connection, id: string, options: CallOptions): Promise<void>
}

export const WRITABLE: { [K in WritableKind]: Writable<K> } = {
  project: {
    create: (api, what, options) => createProject(api, what, options),
    update: updateProject,
    remove: deleteProject,
  },
  task: {
    create: (api, { project_id, ...what }, options) => createTask(api, project_id, what, options),
    update: updateTask,
    remove: deleteTask,
  },
  comment: {
    create: (api, { task_id, ...what }, options) => createComment(api, task_id, what, options),
    update: updateComment,
    remove: deleteComment,
  },
  label: {
    create: (api, { project_id, ...what }, options) => createLabel(api, project_id, what, options),
    update: updateLabel,
    remove: deleteLabel,
  },
  view: {
    create: (api, { project_id, ...what }, options) => createView(api, project_id, what, options),
    update: updateView,
    remove: deleteView,
  },
}
