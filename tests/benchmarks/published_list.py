"""Published splice variants with their RNA outcome, as `build_published.py` places them.

gene | change | outcomes (kind:nt, several where the paper has several products) | source
"""

PUBLISHED = """
LDLR|c.313+1G>A|skip:123 retain:|FH Elverum; PMID 19361455
LDLR|c.1586+5G>A|skip:228 extend3:66|PMID 10668928
LDLR|c.1813C>T|shorten3:34|Ann Clin Biochem 2015, PMID 25624525
LDLR|c.2140+86C>G|extend3:81|J Hum Genet 2010, PMID 20703241
LDLR|c.2141-218G>A|pseudo:|Atherosclerosis 2021, 321:14
STK11|c.597G>A|skip:133|PMC7662643
C3|c.2354+1G>A|shorten3:61|Botto 1990, J Clin Invest 86:1158
C3|c.4631-2A>G|skip:84|BBRC 2005, doi 10.1016/j.bbrc.2005.02.159
NOTCH3|c.341-26_341-24del|retain:75|Neurobiol Aging 2013, 34:2234.e9
GAMT|c.327G>A|extend3:44 skip:146|Stoeckler 1996, Am J Hum Genet, PMID 8651275
PRPF31|c.1374+654C>G|pseudo:175|Rio Frio 2009, Hum Mutat, doi 10.1002/humu.21071
HBB|c.316-197C>T|pseudo:73|IVS2-654; Cheng 1984, PNAS 81:2821
HBB|c.316-146T>G|pseudo:126|IVS2-705; Dobkin 1983, PNAS 80:1184
HBB|c.316-106C>G|pseudo:165|IVS2-745; Orkin 1982, Nature 300:768
HBB|c.79G>A|shorten3:16|Hb E; Orkin 1982, Nature 300:768
HBB|c.93-21G>A|extend5:19|IVS1-110; Spritz 1981, PNAS 78:2455
HBB|c.92+1G>A|shorten3:16 shorten3:38 extend3:13|IVS1-1; Treisman 1983, Nature 302:591
HBB|c.92+5G>C|shorten3:16 shorten3:38 extend3:13|IVS1-5; Treisman 1983, Nature 302:591
HBB|c.92+6T>C|shorten3:16 shorten3:38 extend3:13|IVS1-6; Treisman 1983, Nature 302:591
HBB|c.315+1G>A|extend3:47|IVS2-1; Treisman 1982, Cell 29:903
CFTR|c.3718-2477C>T|pseudo:84|3849+10kbC>T; Highsmith 1994, N Engl J Med 331:974
CFTR|c.1680-886A>G|pseudo:49|1811+1.6kbA>G; Chillon 1995, Am J Hum Genet 56:623
CFTR|c.3140-26A>G|extend5:25|3272-26A>G; Beck 1999, Hum Mutat 14:133
CFTR|c.2657+5G>A|skip:38|2789+5G>A; Highsmith 1997, Hum Mutat 9:332
ATM|c.5763-1050A>G|pseudo:137|5762ins137; McConville 1996, Am J Hum Genet 59:320
ATM|c.2839-579_2839-576del|pseudo:65|Pagani 2002, Nat Genet 30:426
NF1|c.5749+332A>G|pseudo:177|IVS30+332A>G; Perrin 1996, Hum Mutat 7:172
NF1|c.1466A>G|shorten3:62|Y489C; Messiaen 1999, Genet Med 1:248
NF1|c.6792C>A|skip:|Y2264X, exon 37; Messiaen 1997, Hum Genet 101:75
NF1|c.288+2025T>G|pseudo:118|Pros 2008, Hum Mutat 29:E173
BRCA1|c.5277+1G>A|extend3:87|PMID 12393792
BRCA1|c.4986+6T>G|extend3:65|ENIGMA, Whiley 2014, Clin Chem 60:341
BRCA1|c.4185G>A|skip:89|Whiley 2011, Hum Mutat 32:678
BRCA1|c.211A>G|shorten3:22|R71G; Vega 2001, Hum Mutat 17:520
BRCA1|c.212+3A>G|shorten3:22 skip:78|Claes 2003, Genes Chromosomes Cancer 37:314
BRCA1|c.5194-12G>A|extend5:10|Rouleau 2010, Hum Mutat
BRCA2|c.8754+4A>G|extend3:46|Acedo 2015, Hum Mutat 36:210
BRCA2|c.8755-1G>A|shorten5:1|Acedo 2015, Hum Mutat 36:210
BRCA2|c.9117G>A|skip:164|Acedo 2012, Breast Cancer Res 14:R87
BRCA2|c.8488-1G>A|shorten5:12|Acedo 2012, Breast Cancer Res 14:R87
BRCA2|c.316+5G>C|skip:249|Bonatti 2006, Cancer Genet Cytogenet 170:93
BRCA2|c.7007G>A|skip:70|Gaildrat 2012, J Med Genet 49:609
BRCA2|c.6937+594T>G|pseudo:95|Anczukow 2012, Clin Cancer Res 18:4903
MLH1|c.677G>A|skip:89|R226Q; Pagenstecher 2006, Hum Genet 119:9
MLH1|c.1731G>A|skip:64|Pagenstecher 2006, Hum Genet 119:9
MSH2|c.942+3A>T|skip:150|Froggatt 1999, J Med Genet 36:97
MSH2|c.212-478T>G|pseudo:75|Clendenning 2011, Fam Cancer 10:297
LMNA|c.1824C>T|shorten3:150|progeria G608G; Eriksson 2003, Nature 423:293
IKBKAP|c.2204+6T>C|skip:74|familial dysautonomia; Slaugenhaupt 2001, Am J Hum Genet 68:598
SMN1|c.840C>T|skip:54|as in SMN2; Lorson 1999, PNAS 96:6307
GAA|c.-32-13T>G|skip:578|Huie 1994, Hum Mol Genet 3:2231
GLA|c.639+919G>A|pseudo:57|IVS4+919G>A; Ishii 2002, Am J Pathol
MYBPC3|c.1224-52G>A|extend5:50|Bagnall 2018, J Am Coll Cardiol 72:419
MYBPC3|c.772G>A|skip:118|E258K; Helms 2014, Circ Cardiovasc Genet 7:434
MYBPC3|c.3628-41_3628-17del|skip:|MYBPC3 25-bp deletion; Waldmuller 2003, J Mol Cell Cardiol 35:623
TP53|c.375G>A|shorten3:200|Varley 2001, Cancer Res 61:1039
WT1|IVS9+4C>T|shorten3:9|Frasier syndrome; Barbaux 1997, Nat Genet 17:467
APC|c.532-941G>A|pseudo:167|Spier 2012, Hum Mutat 33:1045
APC|c.1408+735A>T|pseudo:83|Spier 2012, Hum Mutat 33:1045
APC|c.835-8A>G|extend5:7|Kaufmann 2009, J Mol Diagn 11:131
KCNQ1|c.1032G>A|skip:111|A344A; Tsuji 2007, J Mol Cell Cardiol 42:662
HFE|c.616+1G>T|skip:276|IVS3+1G>T; Wallace 1999, Gastroenterology 116:1409
G6PC|c.648G>T|shorten5:91|Kajihara 1995, Am J Hum Genet 57:549
MEN1|c.784-9G>A|extend5:7|IVS4-9G>A
DHCR7|c.964-1G>C|extend5:134|IVS8-1G>C; Fitzky 1998, PNAS 95:8181
FKTN|c.648-1243G>T|pseudo:64|Lim 2010, Neuromuscul Disord 20:524
COL6A1|c.930+189C>T|pseudo:72|Cummings 2017, Sci Transl Med 9:eaal5209
"""
