// A contender in JavaScript, as small as can be: a file that is there while the
// lock is held. Explored to see that programs with Node's threads can be; no
// lock to depend on, since a crash leaves it taken.

'use strict';

const fs = require('fs');

const paths = new Map();

// Some errors have no name in Node but a text with spaces.
function failed(handle, error) {
  return `error ${handle} ${encodeURIComponent(error.code)}`;
}

function acquire(handle, path) {
  const held = `${path}.held`;
  let fd = -1;
  try {
    fd = fs.openSync(held, 'wx');
  } catch (error) {
    return error.code === 'EEXIST' ? `busy ${handle}` : failed(handle, error);
  }
  try {
    fs.closeSync(fd);
  } catch (error) {
    fs.unlinkSync(held);
    return failed(handle, error);
  }
  paths.set(handle, held);
  return `acquired ${handle}`;
}

function release(handle) {
  try {
    fs.unlinkSync(paths.get(handle));
  } catch (error) {
    return failed(handle, error);
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
