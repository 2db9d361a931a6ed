"""Runs the log parser of AWS WAF Security Automations over one file, in place: argv is its source folder and the log.

What is measured is its own `read_log_file` and `get_outstanding_requesters`; the download before and the update of the IP
set after are left out. It removes what it has read, so it gets a link.
https://github.com/aws-solutions/aws-waf-security-automations
"""
import logging
import os
import sys
import tempfile
import time

source, path = sys.argv[1:3]
sys.path[:0] = [source, os.path.join(source, "log_parser")]
# Clients are made on import and never called here.
os.environ.update(AWS_DEFAULT_REGION="us-east-1", AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")
sys.dont_write_bytecode = True

from lambda_log_parser import LambdaLogParser  # noqa: E402

link = os.path.join(tempfile.mkdtemp(), "log.gz")
os.symlink(os.path.abspath(path), link)
parser = LambdaLogParser(logging.getLogger("bench"))
parser.config = {"general": {"requestThreshold": 100, "blockPeriod": 240, "ignoredSufixes": []}, "uriList": {}}
began = time.perf_counter()
counter, outstanding = parser.read_log_file(link, "waf", 0)
parser.get_outstanding_requesters("waf", counter, outstanding)
print(round((time.perf_counter() - began) * 1000), "ms")
os.rmdir(os.path.dirname(link))
