import type { CredentialState } from '../../../kinds/credential.ts';
import type { Secret } from '../../../rotation/secret.ts';
import type { Session } from '../session.ts';

/** A credential of the user that we are signed in as; `own` is its id among its sort. Nothing of it is secret. */
export interface Held {
  own: string;
  createdAt: string | null;
  publicKey?: CredentialState['publicKey'];
  reach?: NonNullable<CredentialState['reach']>;
}

export interface Made {
  own: string;
  secret: Secret;
}

/** One sort of credential: application credentials, EC2 credentials, keypairs. */
export interface Sort {
  /** Stands before the id: `application-credential/ID`. */
  readonly name: string;
  /** All of this project, or null where the cloud does not let us look. */
  list(session: Session): Promise<Held[] | null>;
  /** Left out where a new one would not do what the old one does. */
  readonly replace?: {
    /** As the old one, marked with the case. */
    create(session: Session, old: string, caseId: string): Promise<Made>;
    /** Whether `create` made it for this case, which only its mark says. */
    isMarked(session: Session, own: string, caseId: string): Promise<boolean>;
    delete(session: Session, own: string): Promise<void>;
  };
}

/** Keystone and Nova say 403 to a token that may not look, such as one of an application credential. */
export async function ifAllowed<T>(
  session: Session,
  call: Parameters<Session['call']>[0],
  read: (text: string) => T,
): Promise<T | null> {
  const answer = await session.call({ ...call, expect: [...(call.expect ?? []), 403] });
  return answer.status === 403 ? null : read(answer.text);
}
