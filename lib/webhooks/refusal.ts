/** Why a webhook is not accepted, as its sender reads it. */
export interface Refusal {
  status: 400 | 401 | 409 | 413 | 415 | 503;
  error: string;
}

export function refusal(status: Refusal['status'], error: string): Refusal {
  return { status, error };
}
