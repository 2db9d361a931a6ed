"""oslo_notifier.py URL PROJECT: says what Neutron says when a rule is made, with OpenStack's own library."""

import sys

import oslo_messaging
from oslo_config import cfg
from oslo_context.context import RequestContext

url, project = sys.argv[1:3]
conf = cfg.ConfigOpts()
conf([])
oslo_messaging.set_transport_defaults("neutron")
transport = oslo_messaging.get_notification_transport(conf, url=url)
conf.set_override("control_exchange", "neutron")
notifier = oslo_messaging.Notifier(transport, "network.host", driver="messagingv2", topics=["notifications"])
context = RequestContext(auth_token="gAAAAA-a-token", user_id="u1", user_name="ann", project_id=project)
rule = {"id": "r1", "security_group_id": "g1", "project_id": project}
# Newer libraries leave the caller's token out by themselves; what services put into the payload stays.
payload = {"security_group_rule": rule, "initiator": {"credential": {"auth_token": "gAAAAA-another"}}}
notifier.info(context, "security_group_rule.create.start", payload)
notifier.info(context, "security_group_rule.create.end", payload)
transport.cleanup()
