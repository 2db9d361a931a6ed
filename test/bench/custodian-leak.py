"""Cloud Custodian's own way of a leaked key: its iam-user policy with remove-keys, on AWS's quarantine of the user.

Its guard-duty mode ends in an error with this action in 0.9.53: it hands over the finding in place of the keys.

usage: custodian-leak.py EVENTS.jsonl   (prints one JSON line per event: {"tookMs": ...})
"""
import json
import logging
import sys
import tempfile
import time

from c7n.config import Config
from c7n.loader import PolicyLoader
from c7n.resources import load_resources

logging.disable(logging.CRITICAL)

POLICY = {
    "policies": [
        {
            "name": "exposed-key",
            "resource": "aws.iam-user",
            "mode": {
                "type": "cloudtrail",
                "role": "arn:aws:iam::123456789012:role/custodian",
                "events": [
                    {
                        "source": "iam.amazonaws.com",
                        "event": "AttachUserPolicy",
                        "ids": "requestParameters.userName",
                    }
                ],
            },
            "actions": [{"type": "remove-keys", "disable": True}],
        }
    ]
}

config = Config.empty(region="eu-central-1", account_id="123456789012", output_dir=tempfile.mkdtemp(), log_group=None)
load_resources(("aws.iam-user",))
policy = list(PolicyLoader(config).load_data(POLICY, "memory://bench"))[0]
for line in open(sys.argv[1]):
    event = json.loads(line)
    started = time.perf_counter()
    policy.push(event, None)
    print(json.dumps({"tookMs": (time.perf_counter() - started) * 1000}))
