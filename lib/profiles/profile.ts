/** A handbook as a policy file: every setting with the sentence of the handbook that it carries out. */
export interface Profile {
  name: string;
  title: string;
  /** Where the handbook is. */
  url: string;
  /** The commented policy file. */
  text: string;
}

const head = ({
  title,
  url,
}: Pick<Profile, 'title' | 'url'>) => `# yaml-language-server: $schema=./snapshut.schema.json
##
## ${title}
## ${url}
## as a policy of Snapshut. What no machine can carry out is in the table of the README.
## \`npx snapshut policy check\` tells whether the file is still right after a change.
`;

export function profile(about: Omit<Profile, 'text'>, body: string): Profile {
  return { ...about, text: `${head(about)}\n${body.trim()}\n` };
}
