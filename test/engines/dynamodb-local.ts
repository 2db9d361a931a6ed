import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, enginesFolder, freePort, runToEnd, startServer } from './engine.ts';

/**
 * Amazon's own DynamoDB for a developer's machine, fetched once from Maven Central.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html
 */
const version = '3.3.1';

export async function startDynamoDbLocal(): Promise<Engine> {
  const jars = await installed();
  const port = await freePort();
  const main = 'software.amazon.dynamodb.services.local.main.ServerRunner';
  const server = ['-inMemory', '-port', String(port), '-disableTelemetry'];
  const memory = ['-Xmx512m', `-Djava.library.path=${jars}`, '-cp', join(jars, '*')];
  return startServer('java', [...memory, main, ...server], port);
}

/** Built beside its place and moved there whole, so that an interrupted or a parallel fetch leaves no half. */
async function installed(): Promise<string> {
  const jars = join(enginesFolder(), `dynamodb-local-${version}`);
  if (existsSync(jars)) return jars;
  const building = `${jars}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    writeFileSync(join(building, 'pom.xml'), pom);
    await runToEnd('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'], building);
    try {
      renameSync(join(building, 'jars'), jars);
    } catch (error) {
      // Another process was faster.
      if (!existsSync(jars)) throw error;
    }
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return jars;
}

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>snapshut.engines</groupId><artifactId>dynamodb-local</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>software.amazon.dynamodb</groupId><artifactId>DynamoDBLocal</artifactId><version>${version}</version>
  </dependency></dependencies>
</project>
`;
