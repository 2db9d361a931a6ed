/** What scanners look for; `*` stands for any text, a path that ends in `/` for everything below it. */
export const probePathsData: readonly string[] = `
/.env /.env.* */.env */.env.local /.git/ */.git/config /.git-credentials /.gitconfig /.svn /.svn/ /.hg/ /.bzr/
/.cvs/ /.subversion /.aws/ /.ssh /.ssh/ */id_rsa */id_ed25519 /.docker/ /.dockercfg /.kube/ /.npmrc /.pypirc
/.netrc /.htpasswd /.htaccess /.passwd /.pwd /.perf /.profile /.rhosts /.bashrc /.bash_history /.sh_history
/.zsh_history /.mysql_history /.psql_history /.history /.listing /.listings /.ds_store /.vscode/sftp.json /.ftpconfig
/.idea/workspace.xml /.terraform/ *.tfstate */wp-config.php* /wp-content/debug.log /wp-admin/setup-config.php
/wp-admin/install.php */phpinfo.php /info.php /phpmyadmin* /pma/ /mysqladmin/ /myadmin/ /adminer* /dbadmin/
/administrator/db/ /sqlbuddy/ /server-status /server-info /actuator/env /actuator/heapdump /actuator/gateway/
/jolokia/ /druid/index.html /console/login/loginform.jsp /manager/html /manager/text/ /host-manager/ /solr/admin/
/_ignition/execute-solution /telescope/requests */eval-stdin.php /cgi-bin/luci* /cgi-bin/php* /cgi-bin/test-cgi /cgi-bin/printenv* /boaform/ /hnap1 /hnap1/ /gponform/
/setup.cgi /goform/ /login.cgi /+cscoe+ /+cscoe+/ /dana-na/ /remote/fgt_lang /vpn/../vpns/ /owa/auth/x.js
/autodiscover/autodiscover.json /ecp/current/exporttool/ /core/skin/login.aspx /crx/packmgr/ /crx/de/ /system/console
/backup.sql /dump.sql /database.sql /db.sql /backup.zip /backup.tar.gz /www.zip /site.zip /config.json.bak
/web.config.bak /config.php.bak /.well-known/security.txt.bak /w00tw00t* /shell.php /c99.php /r57.php /wso.php /alfa.php
/muieblackcat /zabbix/jsrpc.php /nmaplowercheck* /evox/about /cfide/administrator/ /invoker/
/jmx-console/ /web-console/ /axis2/ /struts2-showcase/ /hudson/script /jenkins/script /_cat/indices /api/v1/pods
/latest/meta-data/ /docker/version /containers/json /v2/_catalog /telerik.web.ui.webresource.axd
`
  .trim()
  .split(/\s+/);
