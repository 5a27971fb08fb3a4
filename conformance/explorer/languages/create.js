// A contender in JavaScript, as small as can be: a file that is there while the
// lock is held. For measuring how fast programs with Node's threads are
// explored; no lock to depend on, since a crash leaves it taken.

'use strict';

const fs = require('fs');

const paths = new Map();

function acquire(handle, path) {
  try {
    fs.closeSync(fs.openSync(`${path}.held`, 'wx'));
  } catch (error) {
    return error.code === 'EEXIST' ? `busy ${handle}`
                                   : `error ${handle} ${error.code}`;
  }
  paths.set(handle, `${path}.held`);
  return `acquired ${handle}`;
}

function release(handle) {
  try {
    fs.unlinkSync(paths.get(handle));
  } catch (error) {
    return `error ${handle} ${error.code}`;
  }
  return `released ${handle}`;
}

function answer(line) {
  const [verb, handle, path] = line.split(' ');
  switch (verb) {
    case 'hello':
      return `hello lockfile-contender/1 name=node version=1 pid=${process.pid}`;
    case 'acquire':
      return acquire(handle, path);
    case 'release':
      return release(handle);
    default:
      return 'unsupported';
  }
}

let rest = '';
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) fs.writeSync(1, `${answer(line)}\n`);
});
