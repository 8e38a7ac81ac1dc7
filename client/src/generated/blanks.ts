// Made from backend/openapi.json by `npm run tasktrail -- openapi`. Do not edit.
import type { Comment, Label, ListedProject, Task, View } from './types.ts'

export const BLANKS: { project: ListedProject; task: Task; comment: Comment; label: Label; view: View } = {
  project: {"id":"","key":"","name":"","description":"","my_role":null,"archived_at":null,"created_by":"","created_at":"","updated_at":"","version":0},
  task: {"id":"","project_id":"","number":0,"ref":"","parent_id":null,"title":"","description":"","status":"","priority":"none","assignee_ids":[],"label_ids":[],"start_on":null,"due_on":null,"due_at":null,"position":0,"estimate_minutes":null,"fields":{},"category":"todo","completed_at":null,"created_by":"","created_at":"","updated_at":"","version":0},
  comment: {"id":"","project_id":"","task_id":"","body":"","mention_ids":[],"edited_at":null,"created_by":"","created_at":"","updated_at":"","version":0},
  label: {"id":"","project_id":"","name":"","color":"","description":"","created_by":"","created_at":"","updated_at":"","version":0},
  view: {"id":"","project_id":null,"name":"","layout":"list","filter":"","sort":"position","group_by":null,"columns":[],"created_by":"","created_at":"","updated_at":"","version":0},
}
