// A contender in Java, as small as can be: java.nio.channels.FileLock, which is
// fcntl(2). Explored to see that programs with Java's threads can be.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

public class FileLock {
  private static final Map<String, FileChannel> held = new HashMap<>();

  private static String acquire(String handle, String path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            Path.of(path), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        channel.close();
        return "busy " + handle;
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    held.put(handle, channel);
    return "acquired " + handle;
  }

  private static String answer(String[] words) {
    try {
      switch (words[0]) {
        case "hello":
          return "hello lockfile-contender/1 name=java version=1 pid="
              + ProcessHandle.current().pid();
        case "acquire":
          return acquire(words[1], words[2]);
        case "release":
          held.remove(words[1]).close();
          return "released " + words[1];
        default:
          return "unsupported";
      }
    } catch (IOException e) {
      return "error " + words[1] + " IOException";
    }
  }

  public static void main(String[] args) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println(answer(line.split(" ")));
    }
  }
}
