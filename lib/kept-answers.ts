/** Longer questions are asked anew: whoever writes them must not fill the memory. */
const longestKept = 1_024;

/**
 * Keeps the answers to a question about texts that come again in most of millions of records. At most so many are
 * held; then they are forgotten all at once.
 */
export function keptAnswers<Answer>(
  ask: (text: string) => Answer,
  { held = 4_096 }: { held?: number } = {},
): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = ask(text);
    if (text.length > longestKept) return answer;
    if (answers.size >= held) answers.clear();
    // A slice of a line would keep the whole chunk of the log alive.
    answers.set(Buffer.from(text, 'utf16le').toString('utf16le'), answer);
    return answer;
  };
}
