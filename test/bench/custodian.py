"""Cloud Custodian's own way of an event: a cloudtrail-mode policy, loaded once, each event pushed through it.

usage: custodian.py EVENTS.jsonl   (prints one JSON line per event: {"tookMs": ...})
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
            "name": "public-port",
            "resource": "aws.security-group",
            "mode": {
                "type": "cloudtrail",
                "role": "arn:aws:iam::123456789012:role/custodian",
                "events": [
                    {
                        "source": "ec2.amazonaws.com",
                        "event": "AuthorizeSecurityGroupIngress",
                        "ids": "requestParameters.groupId",
                    }
                ],
            },
            "filters": [
                {
                    "type": "ingress",
                    "OnlyPorts": [80, 443],
                    "Cidr": {"value": "0.0.0.0/0"},
                }
            ],
            "actions": [{"type": "remove-permissions", "ingress": "matched"}],
        }
    ]
}

config = Config.empty(region="eu-central-1", account_id="123456789012", output_dir=tempfile.mkdtemp(), log_group=None)
load_resources(("aws.security-group",))
policy = list(PolicyLoader(config).load_data(POLICY, "memory://bench"))[0]
for line in open(sys.argv[1]):
    event = json.loads(line)
    started = time.perf_counter()
    shut = policy.push(event, None)
    print(json.dumps({"tookMs": (time.perf_counter() - started) * 1000, "shut": len(shut or [])}))
