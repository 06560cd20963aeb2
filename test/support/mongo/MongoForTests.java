import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A server that speaks MongoDB's wire protocol. Arguments: port (0: any), data file ("" keeps all in memory),
 * and "with-stdin" to end when standard input does, so that it cannot outlive whoever started it.
 */
public class MongoForTests {
  /** The library says wire version 8 for "5.0"; version 7 of the Node driver asks for 9 or more. A real 5.0 says 13. */
  static final MongoVersion FIVE = new MongoVersion() {
    public List<Integer> getVersionArray() { return List.of(5, 0, 0); }
    public int getWireVersion() { return 13; }
  };

  public static void main(String[] args) throws Exception {
    H2Backend backend = args[1].isEmpty() ? H2Backend.inMemory() : new H2Backend(args[1]);
    backend.version(FIVE);
    MongoServer server = new MongoServer(backend);
    server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
    System.out.println("ready mongodb://127.0.0.1:" + server.getLocalAddress().getPort());
    if (args.length > 2 && args[2].equals("with-stdin")) {
      while (System.in.read() != -1) { }
      System.exit(0);
    }
    Thread.currentThread().join();
  }
}
