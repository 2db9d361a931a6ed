"""official_client.py URL KEY SECRET: makes, reads and removes things with Exoscale's own client; prints JSON."""

import json
import sys

from exoscale.api.v2 import Client

url, key, secret = sys.argv[1:4]
client = Client(key, secret, url=url)
seen = {}

made = client.wait(client.create_security_group(name="web", description="web servers")["id"])
group = made["reference"]["id"]
for rule in (
    {"flow_direction": "ingress", "protocol": "tcp", "start_port": 22, "end_port": 22, "network": "0.0.0.0/0"},
    {"flow_direction": "ingress", "protocol": "icmp", "icmp": {"type": 8, "code": 0}, "network": "0.0.0.0/0"},
    {"flow_direction": "ingress", "protocol": "all", "security_group": {"id": group}, "description": "members"},
):
    client.wait(client.add_rule_to_security_group(id=group, **rule)["id"])
client.wait(client.add_external_source_to_security_group(id=group, cidr="198.51.100.0/24")["id"])
seen["group"] = client.get_security_group(id=group)
seen["groups"] = client.list_security_groups()
seen["public"] = client.list_security_groups(visibility="public")
seen["zones"] = client.list_zones()
seen["organization"] = client.get_organization()
rule = seen["group"]["rules"][0]["id"]
client.wait(client.delete_rule_from_security_group(id=group, rule_id=rule)["id"])
seen["after"] = client.get_security_group(id=group)
seen["events"] = client.list_events(**{"from": "2020-01-01T00:00:00Z"})
seen["key"] = client.create_api_key(name="ci", role_id="0b5a2d1c-0000-4000-8000-000000000001")
client.wait(client.delete_api_key(id=seen["key"]["key"])["id"])
seen["keys"] = client.list_api_keys()
print(json.dumps(seen))
