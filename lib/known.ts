/** How many answers are kept, and of how long a question; then they are forgotten all at once. */
const most = 20_000;
const longest = 1_024;

/** What was worked out of a text before, for texts that come again in most of millions of records. */
export class Known<Answer> {
  readonly #answers = new Map<string, Answer>();
  readonly #work: (text: string) => Answer;

  constructor(work: (text: string) => Answer) {
    this.#work = work;
  }

  of(text: string): Answer {
    const known = this.#answers.get(text);
    if (known !== undefined) return known;
    const answer = this.#work(text);
    if (text.length > longest) return answer;
    if (this.#answers.size >= most) this.#answers.clear();
    this.#answers.set(text, answer);
    return answer;
  }
}
