package org.precedent.cluster;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A ZooKeeper and two nodes of SolrCloud, each a process of its own. */
public final class SolrCloud implements AutoCloseable {
    private final Path folder;
    private final int zookeeper;
    private final ServerProcess keeper;
    private final List<ServerProcess> nodes = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();

    /** Starts them; the nodes come up side by side. */
    public SolrCloud(Path folder, int count) throws IOException, InterruptedException {
        this.folder = folder;
        this.zookeeper = ServerProcess.freePort();
        this.keeper =
                ServerProcess.start(
                        "solr",
                        folder.resolve("zookeeper"),
                        List.of(
                                "-Xmx128m",
                                "-XX:TieredStopAtLevel=1",
                                "-Dzookeeper.admin.enableServer=false",
                                "-Dzookeeper.4lw.commands.whitelist=*",
                                "org.apache.zookeeper.server.ZooKeeperServerMain",
                                Integer.toString(zookeeper),
                                folder.resolve("zookeeper/data").toString(),
                                "1000"));
        keeper.await(zookeeper);
        for (int i = 0; i < count; i++) {
            ports.add(ServerProcess.freePort());
            nodes.add(launch(i));
        }
        for (int i = 0; i < count; i++) {
            await(i);
        }
    }

    private ServerProcess launch(int i) throws IOException, InterruptedException {
        Path home = folder.resolve("node" + i);
        Path source =
                Path.of(System.getProperty("precedent.home", "."))
                        .resolve("src/test/cluster/solr/SolrNode.java")
                        .toAbsolutePath();
        return ServerProcess.start(
                "solr",
                home,
                List.of(
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dsolr.log.dir=" + Files.createDirectories(home.resolve("logs")),
                        source.toString(),
                        home.resolve("home").toString(),
                        Integer.toString(ports.get(i)),
                        "127.0.0.1:" + zookeeper));
    }

    private void await(int i) throws IOException, InterruptedException {
        nodes.get(i)
                .await(URI.create(addresses().get(i) + "/admin/collections?action=CLUSTERSTATUS"));
    }

    /** The addresses of the nodes, up to and with {@code /solr}. */
    public List<URI> addresses() {
        return ports.stream()
                .map(port -> URI.create("http://127.0.0.1:" + port + "/solr"))
                .toList();
    }

    /** Ends a node as a power cut would. */
    public void kill(int i) {
        nodes.get(i).kill();
    }

    /** Starts a node that was killed, with what is on its disk. */
    public void restart(int i) throws IOException, InterruptedException {
        nodes.set(i, launch(i));
        await(i);
    }

    @Override
    public void close() {
        nodes.forEach(ServerProcess::close);
        keeper.close();
    }
}
