/** What a file is made of. A Blob also says of which type it is. */
export type Bytes = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, also while it waits to be tried again. */
  signal?: AbortSignal | undefined
  /** Gets the response before its body is read: for `Operation-Id`, `ETag` and other headers. */
  onResponse?: ((response: Response) => void) | undefined
}

/** Of a call that has an effect each time it is made, and must have one. */
export interface KeyedOptions extends CallOptions {
  /**
   * A name for this intent. Sent again with the same key it has no second effect and gets the first answer. Without
   * one each call makes its own and keeps it for its retries: name it yourself if the intent outlives the call.
   */
  idempotency_key?: string | undefined
}

export interface MatchedOptions extends CallOptions {
  /** The ETag of the copy that was edited. The change is refused (412) if it is no longer the current one. */
  if_match?: string | undefined
}

export interface EditOptions extends MatchedOptions {
  /** The version that the edit started from. The change is refused only if a field that it sends has changed since. */
  base_version?: number | undefined
}
