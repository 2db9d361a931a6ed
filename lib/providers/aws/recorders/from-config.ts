import * as z from 'zod';
import type { Json } from '../../../model.ts';
import { shapeOf } from './recorder.ts';

/**
 * Shapes of deleted watchers from what AWS Config says that they were: the `previousValue` of the deletion's
 * configuration item. Only fields that are known are taken over, and nothing is guessed for one that is missing.
 * https://github.com/awslabs/aws-config-resource-schema/tree/master/config/properties/resource-types
 */

type Before = { [field: string]: Json };
type ShapeBefore = (before: Before, name: string) => Json;

const word = z.string().min(1);
const some = word.optional().catch(undefined);
const yes = z.boolean().optional().catch(undefined);

const Trail = z.object({
  Name: word,
  S3BucketName: word,
  S3KeyPrefix: some,
  SnsTopicName: some,
  SnsTopicARN: some,
  IncludeGlobalServiceEvents: yes,
  IsMultiRegionTrail: yes,
  IsOrganizationTrail: yes,
  LogFileValidationEnabled: yes,
  CloudWatchLogsLogGroupArn: some,
  CloudWatchLogsRoleArn: some,
  KmsKeyId: some,
});

/** Its selectors are in no configuration item: without any, a trail keeps every management event. */
export const trailBefore: ShapeBefore = (before, name) => {
  const said = Trail.safeParse(capitalised(before)).data;
  if (said?.Name !== name) return null;
  const { SnsTopicName, SnsTopicARN, LogFileValidationEnabled, ...trail } = said;
  const sns = { SnsTopicName: SnsTopicARN ?? SnsTopicName };
  const checked = { EnableLogFileValidation: LogFileValidationEnabled ?? false };
  return shapeOf({ trail: { ...trail, ...sns, ...checked, TagsList: [] }, selectors: {}, insights: [] });
};

const FlowLog = z.object({
  FlowLogId: word,
  ResourceId: word,
  TrafficType: word,
  LogDestinationType: some,
  LogDestination: some,
  LogGroupName: some,
  DeliverLogsPermissionArn: some,
  LogFormat: some,
  MaxAggregationInterval: z.number().int().optional().catch(undefined),
  DestinationOptions: z.record(z.string(), z.json()).optional().catch(undefined),
});
export type FlowLogBefore = z.infer<typeof FlowLog>;

/** As EC2 itself would say it. */
export function flowLogBefore(before: Before, id: string): FlowLogBefore | null {
  const said = FlowLog.safeParse(capitalised(before)).data;
  if (said?.FlowLogId !== id || !(said.LogDestination || said.LogGroupName)) return null;
  const { DestinationOptions, ...rest } = said;
  return DestinationOptions ? { ...rest, DestinationOptions: capitalised(DestinationOptions) } : rest;
}

const Detector = z.object({
  Id: word,
  FindingPublishingFrequency: some,
  Features: z.array(z.record(z.string(), z.json())).optional().catch(undefined),
  DataSources: z.record(z.string(), z.json()).optional().catch(undefined),
});

export const detectorBefore: ShapeBefore = (before, id) => {
  const said = Detector.safeParse(capitalised(before)).data;
  if (said?.Id !== id) return null;
  const { FindingPublishingFrequency, Features = [], DataSources } = said;
  // The features say what the older data sources say, and more; both together are refused.
  const what = Features.length > 0 || !DataSources ? { Features } : { DataSources };
  return shapeOf({ FindingPublishingFrequency, ...what, Tags: {} });
};

const ConfigRecorder = z.object({
  Name: word,
  RoleARN: word,
  RecordingGroup: z
    .object({
      AllSupported: yes,
      IncludeGlobalResourceTypes: yes,
      ResourceTypes: z.array(word).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** The channel that it delivered by outlives it. */
export const recorderBefore: ShapeBefore = (before, name) => {
  const said = ConfigRecorder.safeParse(capitalised(before)).data;
  if (said?.Name !== name) return null;
  const { AllSupported, IncludeGlobalResourceTypes, ResourceTypes } = said.RecordingGroup ?? {};
  const group = {
    allSupported: AllSupported,
    includeGlobalResourceTypes: IncludeGlobalResourceTypes,
    resourceTypes: ResourceTypes,
  };
  const recordingGroup = said.RecordingGroup ? { recordingGroup: group } : {};
  return shapeOf({ recorder: { name, roleARN: said.RoleARN, ...recordingGroup }, channel: null });
};

const EventRule = z.object({
  Name: word,
  EventBusName: some,
  EventPattern: z.union([word, z.record(z.string(), z.json())]).optional(),
  ScheduleExpression: some,
  Description: some,
  RoleArn: some,
  Targets: z.array(z.object({ Id: word, Arn: word }).catchall(z.json())).min(1),
});

export const ruleBefore: ShapeBefore = (before, name) => {
  const said = EventRule.safeParse(capitalised(before)).data;
  if (said?.Name !== name || !(said.EventPattern || said.ScheduleExpression)) return null;
  const { Targets, EventPattern, EventBusName = 'default', ...rest } = said;
  const pattern = typeof EventPattern === 'object' ? JSON.stringify(EventPattern) : EventPattern;
  const targets = Targets.toSorted((a, b) => (a.Id < b.Id ? -1 : 1));
  return shapeOf({ rule: { ...rest, EventBusName, EventPattern: pattern }, targets });
};

/** Older types spell their fields as EC2's own messages do, newer ones as CloudFormation does. */
function capitalised(before: Before): Before {
  return Object.fromEntries(
    Object.entries(before).map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
  );
}
