-- The role that serves. It owns nothing; examples/site/src/migrate.ts grants what it needs.
\getenv password SITE_PASSWORD
CREATE ROLE site LOGIN PASSWORD :'password';
