import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdfast } from './run.ts'

test('keygen prints a key, another one each time', () => {
  const [one, two] = [holdfast(['keygen']), holdfast(['keygen'])]
  assert.match(one.stdout, /^[\w-]{43}\n$/)
  assert.notEqual(one.stdout, two.stdout)
  assert.deepEqual([one.stderr, one.status], ['', 0])
})

for (const args of [[], ['help'], ['--help'], ['-h']]) {
  test(`holdfast ${args.join(' ')} lists the commands`, () => {
    const { stdout, status } = holdfast(args)
    assert.ok(stdout.startsWith('Usage: holdfast <command>\n\n'))
    const listed = Array.from(stdout.matchAll(/^ {2}([\w-]+) {2,}\S.+$/gm), ([, name]) => name)
    assert.deepEqual(listed, ['check', 'clear-expired', 'keygen', 'list', 'migrate', 'revoke'])
    assert.equal(status, 0)
  })
}

for (const [command, usage] of [
  ['check', /^Usage: holdfast check .*<settings\.py>.*--json.*Exit code: 0/s],
  ['clear-expired', /^Usage: holdfast clear-expired .*--url.*holdfast\.config\.ts.*is run.*Exit code: 0/s],
  ['keygen', /^Usage: holdfast keygen\n/],
  ['list', /^Usage: holdfast list --subject SUBJECT .*--url.*Exit code: 0/s],
  ['migrate', /^Usage: holdfast migrate .*--dry-run.*--url.*Exit code: 0/s],
  ['revoke', /^Usage: holdfast revoke ID .*--all.*--url.*Exit code: 0/s],
] as const) {
  for (const flag of ['--help', '-h']) {
    test(`holdfast ${command} ${flag} tells how to use it, in lines that fit a terminal`, () => {
      const { stdout, status } = holdfast([command, flag])
      assert.match(stdout, usage)
      assert.deepEqual(
        stdout.split('\n').filter((line) => line.length > 80),
        [],
      )
      assert.equal(status, 0)
    })
  }
}

for (const [args, problem] of [
  [['chek'], "there is no command 'chek'; did you mean check?"],
  [['__proto__'], "there is no command '__proto__'"],
  [['keygen', 'x'], "'x' is one argument too many"],
  [['keygen', '--json'], 'there is no option --json'],
  [['check', 'a.py', '--url', 'sqlite:a'], '--url is for checks without a settings.py'],
  [['check', 'a.py', 'b.py'], "'b.py' is one argument too many"],
  [['check', 'a.py', '--jsn'], 'there is no option --jsn; did you mean --json?'],
  [['check', 'a.py', '-x'], 'there is no option -x'],
  [['check', 'a.py', '--json=yes'], '--json takes no value'],
  [['check', 'a.py', '--set'], '--set needs a value'],
] as const) {
  test(`holdfast ${args.join(' ')} is told what is wrong, with exit code 2`, () => {
    assert.deepEqual(holdfast(args), { stdout: '', stderr: `holdfast: ${problem}\n`, status: 2 })
  })
}
