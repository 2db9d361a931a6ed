import { isRecord } from '../iam/statement.ts';
import type { Json } from '../model.ts';

/** Which management events a trail keeps, and the selectors that keep them all beside what else they name. */

type Basic = { [field: string]: Json };
type Advanced = { FieldSelectors?: Json; [field: string]: Json | undefined };

function lists(selectors: Json): { basic: Basic[]; advanced: Advanced[] } {
  if (!isRecord(selectors)) return { basic: [], advanced: [] };
  const records = (held: Json | undefined) => (Array.isArray(held) ? held.filter(isRecord) : []);
  return { basic: records(selectors.EventSelectors), advanced: records(selectors.AdvancedEventSelectors) };
}

/** What is missing, in words; null where every management event is kept. */
export function missingEvents(selectors: Json): string | null {
  const { basic, advanced } = lists(selectors);
  if (advanced.length > 0) return advanced.some(keepsAll) ? null : 'some or all management events';
  // A trail that was never told keeps them all.
  if (basic.length === 0) return null;
  const managing = basic.filter((one) => one.IncludeManagementEvents !== false);
  if (managing.length === 0) return 'all management events';
  const whole = managing.some((one) => (one.ReadWriteType ?? 'All') === 'All' && !excludesAny(one));
  return whole ? null : 'some management events';
}

function excludesAny({ ExcludeManagementEventSources: sources }: Basic): boolean {
  // Leaving out the flood of these two is offered by the console itself.
  const usual = new Set(['kms.amazonaws.com', 'rdsdata.amazonaws.com']);
  return Array.isArray(sources) && sources.some((source) => !usual.has(String(source)));
}

function keepsAll({ FieldSelectors }: Advanced): boolean {
  const fields = Array.isArray(FieldSelectors) ? FieldSelectors.filter(isRecord) : [];
  const category = fields.find((one) => one.Field === 'eventCategory');
  const isManagement = Array.isArray(category?.Equals) && category.Equals.includes('Management');
  const others = fields.filter((one) => one.Field !== 'eventCategory');
  return isManagement && others.every((one) => one.Field === 'eventSource' && !one.Equals);
}

export function keepingAll(selectors: Json): Json {
  const { basic, advanced } = lists(selectors);
  if (advanced.length > 0) {
    const all = {
      Name: 'Management events',
      FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }],
    };
    const others = advanced.filter((one) => !isAboutManagement(one)) as Json[];
    return { EventSelectors: [], AdvancedEventSelectors: [all, ...others] };
  }
  const [first, ...rest] = basic;
  const widened = {
    ...first,
    IncludeManagementEvents: true,
    ReadWriteType: 'All',
    ExcludeManagementEventSources: [],
  };
  return { EventSelectors: [widened, ...rest], AdvancedEventSelectors: [] };
}

function isAboutManagement({ FieldSelectors }: Advanced): boolean {
  const fields = Array.isArray(FieldSelectors) ? FieldSelectors.filter(isRecord) : [];
  return fields.some(
    (one) => one.Field === 'eventCategory' && JSON.stringify(one.Equals) === '["Management"]',
  );
}
