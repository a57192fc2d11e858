#!/usr/bin/env bash
# Builds the documentation, with the Javadoc of all modules, into docs/target/site/index.html. Needs python3, JDK 17 and Maven; MkDocs comes into a virtual
# environment beside the site. Fails at a warning: a link or an anchor that leads nowhere, a page that is not in the menu, Javadoc that is not well formed.
#
#   docs/build.sh            all of it
#   docs/build.sh --pages    without the Javadoc
#
# Ends with 3 where MkDocs cannot be had.
set -euo pipefail
cd "$(dirname "$0")"
ENVIRONMENT=$PWD/target/python
../.ci/python "$ENVIRONMENT" requirements.txt
"$ENVIRONMENT/bin/mkdocs" build --strict --quiet
if [ "${1:-}" != --pages ]; then
    # Of sources with what Lombok writes, as it is published; of the program, too.
    (cd .. && mvn -B -ntp -q -Prelease -Dmaven.deploy.skip=false -DskipTests -pl examples -am package)
    for module in samediff-ops dl4j-revlayers examples; do
        cp -r "../$module/target/reports/apidocs" "target/site/javadoc/$module"
        [ -f "target/site/javadoc/$module/index.html" ]
    done
fi
echo "docs/target/site/index.html"
