"""neutron_tables.py URL: Neutron's tables on sqlite.

Neutron's migrations alter tables in ways that sqlite cannot, so the tables come from the models, as in Neutron's
own unit tests. The rules that every new group starts with were the work of a migration and are inserted here.
"""

import sys

import sqlalchemy as sa
from neutron.db.migration.models import head  # noqa: F401  (registers every model)
from neutron_lib.db import model_base
from oslo_utils import uuidutils

engine = sa.create_engine(sys.argv[1])
metadata = model_base.BASEV2.metadata
metadata.create_all(engine)
attributes = metadata.tables["standardattributes"]
default_rules = metadata.tables["securitygroupdefaultrules"]

with engine.begin() as connection:
    for direction, group in (("egress", None), ("ingress", "PARENT")):
        for ethertype in ("IPv4", "IPv6"):
            inserted = connection.execute(
                attributes.insert().values(
                    resource_type="securitygroupdefaultrules", description="", revision_number=0
                )
            )
            connection.execute(
                default_rules.insert().values(
                    id=uuidutils.generate_uuid(),
                    standard_attr_id=inserted.inserted_primary_key[0],
                    direction=direction,
                    ethertype=ethertype,
                    remote_group_id=group,
                    used_in_default_sg=True,
                    used_in_non_default_sg=direction == "egress",
                )
            )
